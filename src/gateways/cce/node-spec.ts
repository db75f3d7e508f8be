import { invalid } from './errors.ts'
import type { Member } from './read.ts'

/** More than any pool may have. */
export const MOST_NODES = 1_000_000
const MOST_TAINTS = 20
const MOST_TAGS = 8
const EFFECTS = /^(NoSchedule|PreferNoSchedule|NoExecute)$/
const LABEL = /^[\s\S]{0,63}$/

/** What can be said of a machine's description without having machines: its shape. @throws Fault 400 */
export function checkNodeSpec(spec: Member): void {
  spec.object()
  for (const name of ['flavor', 'az', 'os']) spec.at(name).optionalText()
  const volumes = [spec.at('rootVolume'), ...spec.at('dataVolumes').items()]
  for (const volume of volumes) {
    if (volume.isAbsent) continue
    volume.at('size').integer(1, 32_768)
    volume.at('volumetype').text()
  }
  const taints = spec.at('taints').items()
  if (taints.length > MOST_TAINTS)
    throw invalid(spec.at('taints').path, `has more than ${MOST_TAINTS} taints`)
  for (const taint of taints) {
    taint.at('key').text()
    taint.at('effect').name(EFFECTS, 'must be NoSchedule, PreferNoSchedule or NoExecute')
  }
  const tags = spec.at('userTags')
  if (tags.items().length > MOST_TAGS) throw invalid(tags.path, `has more than ${MOST_TAGS} tags`)
  for (const tag of tags.items()) tag.at('key').text()
  const labels = spec.at('k8sTags')
  for (const name of Object.keys(labels.optionalObject() ?? {})) {
    labels.at(name).name(LABEL, 'must have at most 63 characters')
  }
}
