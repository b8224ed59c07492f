/** Ends what was started, in the other order, once. */

/** Each is called once, the last one first. */
export type Stops = (() => Promise<void> | void)[]

export async function stopAll(stops: Stops): Promise<void> {
  for (const each of stops.splice(0).toReversed()) await each()
}

/** Takes the signals over from miniflare, whose own handler would end this process at once. */
export function stopOnSignal(stops: Stops): void {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.removeAllListeners(signal)
    process.once(signal, () => {
      stopAll(stops).then(
        () => process.exit(0),
        () => process.exit(1),
      )
    })
  }
}
