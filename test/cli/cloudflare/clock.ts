/** Time passes only while somebody waits. */
export function createClock() {
  let ms = 0
  return {
    now: () => ms,
    sleep: async (pauseMs: number) => void (ms += pauseMs),
  }
}
