/**
 * Is a host of the public internet? The guard against a target or an app that points at a machine's
 * own network or at a cloud's metadata service (server-side request forgery).
 *
 * Takes the `hostname` of a WHATWG URL, which has already turned every way to write an IPv4 address
 * (decimal, octal, hex, short) into four decimals. It looks at the name only: a public name whose DNS
 * points to a private address is left to the network of Workers, which has no route to one.
 */

/** Special-purpose IPv4 blocks (IANA registry, RFC 6890) and multicast, as address and prefix. */
const IPV4_BLOCKS: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]

/** Within 2000::/3, which is all that is public: protocol assignments, documentation, 6to4. */
const IPV6_BLOCKS: readonly (readonly [number, number, number])[] = [
  // First two groups, prefix length.
  [0x2001, 0x0000, 23],
  [0x2001, 0x0db8, 32],
  [0x2002, 0x0000, 16],
  [0x3fff, 0x0000, 20],
]

/** Names that never leave a machine or a network (RFC 6761, 6762, 8375; `internal`: ICANN, clouds). */
const LOCAL_SUFFIXES = ['localhost', 'local', 'internal', 'localdomain', 'lan', 'home.arpa']

export function isPublicHost(hostname: string): boolean {
  const name = hostname.replace(/\.$/, '').toLowerCase()
  if (name.startsWith('[')) return isPublicIpv6(name.slice(1, -1))
  if (/^\d+\.\d+\.\d+\.\d+$/.test(name)) return isPublicIpv4(name)
  if (!name.includes('.')) return false
  return !LOCAL_SUFFIXES.some((suffix) => name.endsWith(`.${suffix}`))
}

function isPublicIpv4(address: string): boolean {
  const value = toNumber(address)
  return !IPV4_BLOCKS.some(([block, prefix]) => isWithin(value, toNumber(block), prefix))
}

/** A URL's IPv6 is compressed hexadecimal groups, so the first two always stand at the front. */
function isPublicIpv6(address: string): boolean {
  const [first = '', second = ''] = address.split(':')
  const high = Number.parseInt(first || '0', 16)
  const value = (high * 0x1_0000 + Number.parseInt(second || '0', 16)) >>> 0
  if (!isWithin(value, 0x2000_0000, 3)) return false
  return !IPV6_BLOCKS.some(([a, b, prefix]) => isWithin(value, (a * 0x1_0000 + b) >>> 0, prefix))
}

const toNumber = (ipv4: string): number =>
  ipv4.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)

function isWithin(value: number, block: number, prefix: number): boolean {
  const size = 2 ** (32 - prefix)
  return Math.floor(value / size) === Math.floor(block / size)
}
