/** Pure: has anything grown that must not? */
import { toSlope } from './slope.ts'

/** By the names that they have in the local runtime. */
export const WORKERS = ['switchboard', 'switchboard-consumer', 'switchboard-console'] as const

export interface Sample {
  minute: number
  /**
   * Resident, of the whole process, after a collection: shown and not judged. The local stand-ins for KV,
   * queues and D1 are in it, and what the allocators keep for later.
   */
  workerdMb: number
  /** Of each Worker: what is alive in its heap after a collection. NaN: it did not answer. */
  heapsMb: Record<string, number>
  nodeMb: number
  sent: number
  replyP50Ms: number
  replyP99Ms: number
  deliveryP50Ms: number
  deliveryP99Ms: number
  pageP50Ms: number
  rows: Record<string, number>
  waiting: number
  kvKeys: number
  kvMb: number
  d1Mb: number
  lanesMb: number
}

export interface Finding {
  what: string
  found: string
  allowed: string
  isOk: boolean
}

/** Memory: so much of itself in an hour, beyond what the line through it is unsure of. */
const GROWTH_PER_HOUR = 0.1
/** From the first point to the last: a heap is also what is on its way just then, by chance more or less. */
const CHANCE_MB = 1
/** Rows and files: the last third beside the second. */
const LEVEL_SHARE = 1.1
const LATENCY_SHARE = 1.5
const HOUR_MIN = 60
/** The first third warms up: caches fill, and nothing is old enough to be pruned. */
const THIRDS = 3

export function judge(samples: readonly Sample[]): Finding[] {
  const third = Math.ceil(samples.length / THIRDS)
  const [warm, middle, last] = [
    samples.slice(third),
    samples.slice(third, 2 * third),
    samples.slice(2 * third),
  ]
  const level = (what: string, of: (sample: Sample) => number, spare: number) =>
    toLevel(what, middle.map(of), last.map(of), LEVEL_SHARE, spare)
  const pace = (what: string, of: (sample: Sample) => number, spare: number) =>
    toLevel(what, samples.slice(0, third).map(of), last.map(of), LATENCY_SHARE, spare)
  const tables = Object.keys(samples[0]?.rows ?? {})
  return [
    ...WORKERS.map((worker) =>
      toGrowth(`heap of ${worker}, MB an hour`, warm, ({ heapsMb }) => heapsMb[worker] ?? NaN),
    ),
    toGrowth('our Node process, MB an hour', warm, ({ nodeMb }) => nodeMb),
    pace('reply p50, ms', ({ replyP50Ms }) => replyP50Ms, 5),
    pace('reply p99, ms', ({ replyP99Ms }) => replyP99Ms, 50),
    pace('webhook to delivery p50, ms', ({ deliveryP50Ms }) => deliveryP50Ms, 100),
    pace('webhook to delivery p99, ms', ({ deliveryP99Ms }) => deliveryP99Ms, 500),
    ...tables.map((table) => level(`rows of ${table}`, ({ rows }) => rows[table] ?? 0, 100)),
    level('deliveries that wait', ({ waiting }) => waiting, 100),
    level('files of D1, MB', ({ d1Mb }) => d1Mb, 2),
    level('files of the lanes, MB', ({ lanesMb }) => lanesMb, 1),
  ]
}

function toGrowth(
  what: string,
  samples: readonly Sample[],
  of: (sample: Sample) => number,
): Finding {
  const points = samples
    .map((sample) => [sample.minute, of(sample)] as const)
    .filter(([, value]) => Number.isFinite(value))
  const { perUnit, error } = toSlope(points)
  const perHour = perUnit * HOUR_MIN
  const unsure = 2 * error * HOUR_MIN
  const mean = points.reduce((sum, [, value]) => sum + value, 0) / points.length
  const spanHours = ((points.at(-1)?.[0] ?? 0) - (points[0]?.[0] ?? 0)) / HOUR_MIN
  const allowed = mean * GROWTH_PER_HOUR + unsure + CHANCE_MB / spanHours
  return {
    what,
    found: `${perHour.toFixed(1)} ± ${unsure.toFixed(1)}`,
    allowed: allowed.toFixed(1),
    // Half of the points at least: who did not answer has not shown that it is flat.
    isOk: points.length * 2 >= samples.length && perHour <= allowed,
  }
}

function toLevel(
  what: string,
  before: readonly number[],
  after: readonly number[],
  share: number,
  spare: number,
): Finding {
  const [from, to] = [toMedian(before), toMedian(after)]
  const allowed = from * share + spare
  const text = (value: number) => (value < 100 ? value.toFixed(1) : value.toFixed(0))
  return {
    what,
    found: `${text(from)} → ${text(to)}`,
    allowed: text(allowed),
    isOk: !(to > allowed),
  }
}

function toMedian(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) / 2)] ?? 0
}
