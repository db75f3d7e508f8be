import { createHash } from 'node:crypto'
import { renderSchema, type Schema, typeOf } from './docs-schema.ts'
import { escapeHtml, prose } from './html.ts'

/** The part of an OpenAPI document that the page shows. */
export interface ApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly tags?: readonly { readonly name: string; readonly description?: string }[]
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
}

interface Operation {
  readonly operationId: string
  readonly tags?: readonly string[]
  readonly summary?: string
  readonly description?: string
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content: Readonly<Record<string, Media>> }
  readonly responses: Readonly<Record<string, Answer>>
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly description?: string
  readonly schema: Schema
}

interface Answer {
  readonly description?: string
  readonly content?: Readonly<Record<string, Media>>
}

interface Media {
  readonly schema?: Schema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

interface Shown extends Operation {
  readonly method: string
  readonly path: string
}

/**
 * A page to read the API by: one file, no script, nothing from elsewhere, light and dark.
 * @returns `styleHash` allows its style in a Content-Security-Policy
 */
export function renderDocsPage(document: ApiDocument): { readonly html: string; readonly styleHash: string } {
  const operations = Object.entries(document.paths ?? {}).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]): Shown => ({ ...operation, method, path })),
  )
  const groups = (document.tags ?? []).map(({ name, description = '' }) => ({
    name,
    description,
    operations: operations.filter(({ tags }) => tags?.includes(name)),
  }))
  const schemas = Object.entries(document.components?.schemas ?? {})
  const { title, version, description = '' } = document.info
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
<nav aria-label="Contents">
<p><a href="#top">${escapeHtml(title)}</a> <small>${escapeHtml(version)}</small></p>
${groups.map(renderContents).join('\n')}
<details><summary>Schemas</summary><ul>
${schemas.map(([name]) => `<li><a href="#schema-${escapeHtml(name)}">${escapeHtml(name)}</a></li>`).join('\n')}
</ul></details>
</nav>
<main id="top">
<h1>${escapeHtml(title)}</h1>
${prose(description)}
<p>As a document for tools: <a href="openapi.json">openapi.json</a> (OpenAPI 3.1).</p>
${groups
  .map(
    (group) =>
      `<h2 id="${slug(group.name)}">${escapeHtml(group.name)}</h2>${prose(group.description)}${group.operations.map(renderOperation).join('\n')}`,
  )
  .join('\n')}
<h2 id="schemas">Schemas</h2>
${schemas.map(([name, schema]) => renderNamedSchema(name, schema)).join('\n')}
</main>
</html>
`
  return { html, styleHash: `sha256-${createHash('sha256').update(STYLE).digest('base64')}` }
}

function renderContents(group: { readonly name: string; readonly operations: readonly Shown[] }): string {
  const items = group.operations.map(
    ({ operationId, summary }) =>
      `<li><a href="#${operationId}">${escapeHtml(summary ?? operationId)}</a></li>`,
  )
  return `<details open><summary>${escapeHtml(group.name)}</summary><ul>\n${items.join('\n')}\n</ul></details>`
}

function renderOperation(operation: Shown): string {
  const { operationId, method, path, summary = operationId, description = '', parameters = [] } = operation
  return `<section id="${operationId}">
<h3><a href="#${operationId}">${escapeHtml(summary)}</a></h3>
<p class="call"><b class="${method}">${method.toUpperCase()}</b> <code>${escapeHtml(path)}</code></p>
${prose(description)}
${renderParameters(parameters)}
${renderBody(operation.requestBody?.content)}
<details><summary>Answers</summary><table><thead><tr><th>Status<th>Body<th>When</thead><tbody>
${Object.entries(operation.responses).map(renderAnswer).join('\n')}
</tbody></table></details>
</section>`
}

function renderParameters(parameters: readonly Parameter[]): string {
  if (parameters.length === 0) return ''
  const rows = parameters.map(
    ({ name, in: place, required, description = '', schema }) =>
      `<tr><td><code>${escapeHtml(name)}</code>${required ? ' <em>required</em>' : ''}<td>${place}<td>${typeOf(schema)}<td>${prose(description)}`,
  )
  return `<h4>Parameters</h4><table><thead><tr><th>Name<th>In<th>Type<th>Meaning</thead><tbody>
${rows.join('\n')}
</tbody></table>`
}

function renderBody(content: Readonly<Record<string, Media>> | undefined): string {
  if (content === undefined) return ''
  const kinds = Object.keys(content)
  const first = content[kinds[0] ?? '']
  if (first?.schema === undefined) return ''
  const example = first.example ?? Object.values(first.examples ?? {})[0]?.value ?? first.schema.examples?.[0]
  return `<h4>Body</h4><p>${kinds.map((kind) => `<code>${escapeHtml(kind)}</code>`).join(', ')}</p>
${renderSchema(first.schema)}${renderExample(example)}`
}

function renderAnswer([status, { description = '', content = {} }]: [string, Answer]): string {
  const bodies = Object.entries(content).map(([kind, { schema }]) =>
    schema && kind === 'application/json' ? typeOf(schema) : `<code>${escapeHtml(kind)}</code>`,
  )
  return `<tr><td>${status}<td>${bodies.join(', ') || 'none'}<td>${prose(description === 'Default Response' ? '' : description)}`
}

function renderNamedSchema(name: string, schema: Schema): string {
  return `<section id="schema-${escapeHtml(name)}"><h3>${escapeHtml(name)}</h3>${prose(schema.description ?? '')}
${renderSchema(schema)}${renderExample(schema.examples?.[0])}</section>`
}

function renderExample(example: unknown): string {
  if (example === undefined) return ''
  return `<details><summary>Example</summary><pre>${escapeHtml(JSON.stringify(example, null, 2))}</pre></details>`
}

function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z]+/g, '-')
}

const STYLE = `
:root{--ink:#1b1f24;--soft:#57606a;--line:#d8dee4;--paper:#fff;--shade:#f6f8fa;--link:#0757ba}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa4af;--line:#30363d;--paper:#0d1117;--shade:#161b22;--link:#79b8ff}}
*{box-sizing:border-box}
body{margin:0;display:grid;grid-template-columns:17rem minmax(0,1fr);font:16px/1.5 system-ui,sans-serif;color:var(--ink);background:var(--paper)}
nav{position:sticky;top:0;height:100vh;overflow:auto;padding:1rem;border-right:1px solid var(--line);background:var(--shade);font-size:.9rem}
nav ul{list-style:none;margin:.2rem 0 .6rem;padding-left:1rem}
main{padding:1rem 2rem 6rem;max-width:60rem}
a{color:var(--link);text-decoration:none}a:hover{text-decoration:underline}
h2{margin-top:3rem;border-bottom:1px solid var(--line)}h3 a{color:inherit}
section{margin:1.5rem 0 2.5rem}
summary{cursor:pointer;color:var(--soft)}
code,pre{font:.875em/1.5 ui-monospace,monospace}
code{background:var(--shade);padding:.1em .3em;border-radius:3px;overflow-wrap:anywhere}
pre{background:var(--shade);border:1px solid var(--line);border-radius:4px;padding:.75rem;overflow:auto}
table{border-collapse:collapse;width:100%;font-size:.9rem}
th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line)}
td p{margin:0}em{color:var(--soft);font-size:.85em}
.call b{display:inline-block;min-width:4.5rem}
.get{color:#116329}.post{color:#0757ba}.patch{color:#8a5a00}.delete{color:#b42318}
@media(prefers-color-scheme:dark){.get{color:#56d364}.post{color:#79b8ff}.patch{color:#e3b341}.delete{color:#ff7b72}}
@media(max-width:50rem){body{display:block}nav{position:static;height:auto;border:0}main{padding:1rem}}
`
