export interface NodeHostRow {
  node_id: string
  host: string | null
  revision_id: string | null
  term: number
}

export interface HostKeyRow {
  project_id: string
  route: string
  key: string
  pinned_at: number
}

export interface ForgottenNodeRow {
  node_id: string
  project_id: string
  node_name: string
  route: string
  login: string
  folder: string
  service: string
  term: number
  forgotten_at: number
}
