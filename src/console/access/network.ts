/** The address of a client, as far as attempts are counted by it. */

/**
 * An IPv4 address, or the first 64 bits of an IPv6 address: who has one of those has all behind it
 * (RFC 6177).
 */
export function toNetwork(address: string): string {
  if (!address.includes(':')) return address
  const host = URL.parse(`http://[${address}]/`)?.hostname
  if (host === undefined) return address
  // As WHATWG URLs write it: lower case, without leading zeros, the longest row of zeros as `::`.
  const canonical = host.slice(1, -1)
  if (canonical.startsWith('::ffff:')) return canonical
  const [head = '', tail] = canonical.split('::')
  const first = head === '' ? [] : head.split(':')
  const last = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = tail === undefined ? 0 : 8 - first.length - last.length
  const groups = [...first, ...Array<string>(zeros).fill('0'), ...last]
  return `${groups.slice(0, 4).join(':')}::/64`
}
