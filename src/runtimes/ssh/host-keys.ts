import { RuntimeFailedError } from '../../domain/errors.ts'
import type { NodeId } from '../../domain/ids.ts'
import type { HostDirectory } from './directory.ts'
import { fingerprintOf, isSameKey, toKeyLine } from './keys.ts'
import type { KnownKeys } from './pool.ts'

/**
 * The keys of hosts as one node's project knows them. A key that the profile gives is the right one, and takes the place
 * of what was pinned before; else the one that was pinned is; else the first one that is seen is pinned, unless the
 * profile forbids it. A key is never taken for right because it is the only one at hand.
 */
export function knownKeysOf(
  directory: HostDirectory,
  node: NodeId,
  { acceptNewHostKeys }: { readonly acceptNewHostKeys: boolean },
): KnownKeys {
  return {
    expected: async (route, given) => given ?? (await directory.pinnedKey(node, route)),

    async verify(route, host, key) {
      const shown = toKeyLine(key)
      if (host.hostKey !== null) {
        if (!isSameKey(host.hostKey, shown)) throw differs(route, host.hostKey, shown, 'the profile gives')
        await directory.pinKey(node, route, shown, true)
        return
      }
      const pinned = await directory.pinnedKey(node, route)
      if (pinned === null && !acceptNewHostKeys) throw unknown(route, shown)
      const right = pinned ?? (await directory.pinKey(node, route, shown, false))
      if (!isSameKey(right, shown)) throw differs(route, right, shown, 'it had before')
    },
  }
}

/** Not to be tried again: it is the same each time, until a person has looked. */
function differs(route: string, expected: string, shown: string, whose: string): RuntimeFailedError {
  return new RuntimeFailedError(
    `host ${route} shows key ${fingerprintOf(shown)}, and not the one that ${whose} (${fingerprintOf(expected)}): ` +
      'somebody may be in between. If the host was set up anew, compare with what "ssh-keygen -lf" says there, and give ' +
      "its new key as the host's hostKey in the profile",
  )
}

function unknown(route: string, shown: string): RuntimeFailedError {
  return new RuntimeFailedError(
    `host ${route} is not known yet and shows key ${fingerprintOf(shown)}: compare it with what "ssh-keygen -lf" says ` +
      "there, and give it as the host's hostKey in the profile",
  )
}
