/** A bundle's name after a file, a folder or an object's key: the last part, without `.zip` and without what no name may have. */
export function bundleNameOf(path: string): string {
  const last =
    path
      .replace(/[/\\]+$/, '')
      .split(/[/\\]/)
      .at(-1) ?? ''
  return (
    last
      .replace(/\.zip$/i, '')
      .replace(/[^A-Za-z0-9._-]+/g, '-')
      .replace(/^[^A-Za-z0-9]+/, '')
      .slice(0, 63) || 'bundle'
  )
}
