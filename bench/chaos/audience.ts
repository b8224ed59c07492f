/** The targets and the app: they do what the open faults say to a share of their calls, else answer well. */
import { createHash } from 'node:crypto'
import type { Call, Script, Target } from '../../test/faults/target.ts'
import { ok } from '../../test/faults/scripts.ts'
import type { TargetCall } from './accounts.ts'
import { TARGETS } from './config.ts'
import type { ChaosFault } from './faults.ts'

export interface OpenFault {
  fault: ChaosFault
  isWhole: boolean
}

export interface AudienceOptions {
  seed: string
  /** Those that are open just now. */
  open: () => readonly OpenFault[]
  /** Of all faults together. */
  maxTargetShare: number
  onHit: (fault: string, ids: readonly string[]) => void
}

export interface Audience {
  /** What the targets have got so far. */
  calls: () => TargetCall[]
}

/** What an enemy adds to a webhook that it replays. */
const INJECTED = 'Injected'

export function prepareAudience(target: Target, app: Target, options: AudienceOptions): Audience {
  const tainted = new WeakSet<Call>()
  for (const name of TARGETS) {
    target.script(`/${name}`, (call, response) => {
      if (call.body.includes(INJECTED)) tainted.add(call)
      forgetContents(call)
      const fault = drawTarget(name, call, options)
      if (fault) options.onHit(fault.name, [call.eventId])
      ;(fault?.target?.script ?? ok)(call, response)
    })
  }
  let asked = 0
  app.script('/voice', (call, response) => {
    asked += 1
    forgetContents(call)
    const fault = drawApp(asked, options)
    if (fault) options.onHit(fault.name, [])
    ;(fault?.app?.script ?? answersNumber(asked))(call, response)
  })
  return {
    calls: () => target.calls().map((call) => toTargetCall(call, tainted.has(call))),
  }
}

/** Tens of thousands of them are kept. */
function forgetContents(call: Call): void {
  call.body = ''
  call.headers = {}
}

/** No two answers of the app are the same: who gets the same one was not asked about again. */
function answersNumber(number: number): Script {
  const twiml = `<Response><Say>Answer ${number}</Say></Response>`
  return (_call, response) => {
    response.writeHead(200, { 'content-type': 'text/xml' }).end(twiml)
  }
}

function drawTarget(
  name: string,
  { eventId, number }: Call,
  { seed, open, maxTargetShare }: AudienceOptions,
): ChaosFault | null {
  const its = open().filter(({ fault: { target } }) => target && (target.only ?? name) === name)
  const exclusive = its.find(({ fault }) => fault.target?.only !== undefined)
  if (exclusive) return exclusive.fault
  const shares = its.map(({ fault, isWhole }) => (isWhole ? 1 : (fault.target?.share ?? 0)))
  const sum = shares.reduce((total, share) => total + share, 0)
  const scale = Math.min(1, maxTargetShare / sum)
  let dice = toUnitNumber(`${seed} ${name} ${eventId} ${number}`)
  const place = shares.findIndex((share) => (dice -= share * scale) < 0)
  return its[place]?.fault ?? null
}

function drawApp(asked: number, { seed, open }: AudienceOptions): ChaosFault | null {
  let dice = toUnitNumber(`${seed} app ${asked}`)
  const found = open().find(({ fault: { app }, isWhole }) => {
    if (!app) return false
    dice -= isWhole ? 1 : app.share
    return dice < 0
  })
  return found?.fault ?? null
}

const toUnitNumber = (text: string) =>
  createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32

function toTargetCall(call: Call, isTainted: boolean): TargetCall {
  const { eventId, path, at, answered, answeredAt } = call
  return { eventId, target: path.slice(1), at, status: answered, answeredAt, isTainted }
}
