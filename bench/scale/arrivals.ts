/** Webhooks as they come: a Poisson stream whose rate rises in bursts and keeps its average. */
import type { Clock } from './clock.ts'
import type { Traffic } from './setup.ts'

export interface ArrivalOptions extends Traffic {
  clock: Clock
  random: () => number
  arrive: () => void
}

/** Plans one after the other until the clock stops. */
export function startArrivals({ clock, random, arrive, ...traffic }: ArrivalOptions): void {
  const { rate, burst } = traffic
  const inBurst = rate * burst.factor
  const restS = burst.periodS - burst.lengthS
  const between = restS > 0 ? (rate * burst.periodS - inBurst * burst.lengthS) / restS : rate
  if (between < 0) throw new Error('a burst has more webhooks than there are')
  const most = Math.max(inBurst, between)
  const isBurst = (ms: number) => (ms / 1_000) % burst.periodS < burst.lengthS
  // Thinning: as many as at the most, of which those are left out that are too many for the moment.
  const next = () => {
    clock.after((-Math.log(1 - random()) * 1_000) / most, () => {
      const now = isBurst(clock.now()) ? inBurst : between
      if (random() * most < now) arrive()
      next()
    })
  }
  next()
}
