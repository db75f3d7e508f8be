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

/**
 * What the file of another deployer's export is called after: `dss-bundle-CHURN-v7.zip` is bundle v7 of project CHURN, as DSS names
 * its downloads; any other name stands for both. `file` is what a client sends that knows no name.
 */
export function readExportFileName(fileName: string): { readonly name?: string; readonly version?: string } {
  const whole = bundleNameOf(fileName)
  if (fileName === '' || whole === 'file' || whole === 'bundle') return {}
  const [, name, version] = /^dss-bundle-(\w+)-(.+)$/.exec(whole) ?? []
  return name !== undefined && version !== undefined ? { name, version } : { name: whole, version: whole }
}
