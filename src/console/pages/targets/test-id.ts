/** The id of a test, made when its form is shown: sent twice, it is one test event. */
export function createTestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return `tst_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`
}
