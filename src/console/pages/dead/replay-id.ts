/** The id of a replay, made when its form is shown: sent twice, it is one replay. */
export function createReplayId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `rpl_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
