/**
 * The target that stands in for the config's own: the demo's sample, or the developer's app. With the
 * secret that it is signed with, which the Workers get by its name.
 */
import { join } from 'node:path'
import type { CompiledTarget } from '../../config/compiled.ts'
import type { ReadSecret } from '../project/secrets.ts'
import { localSecret, makeSigningSecret } from '../project/state.ts'
import {
  FORWARD_SECRET,
  SAMPLE_SECRET,
  toForwardTarget,
  toSampleTarget,
  type ForwardFormat,
} from './local-config.ts'
import { startSampleTarget, type SampleTarget } from './sample-target.ts'

export interface StandIn {
  target: CompiledTarget | null
  /** By name. */
  secrets: Record<string, string>
  /** What to tell the developer of it; empty: nothing. */
  note: string
  sample: SampleTarget | null
}

export const NO_STAND_IN: StandIn = { target: null, secrets: {}, note: '', sample: null }

export async function startSample(): Promise<StandIn> {
  const secret = makeSigningSecret()
  const sample = await startSampleTarget(secret)
  return {
    target: toSampleTarget(sample.url),
    secrets: { [SAMPLE_SECRET]: secret },
    note: '',
    sample,
  }
}

export interface Forward {
  url: string
  format: ForwardFormat
  /** The state folder, whole, and as the user wrote it. */
  state: { path: string; shown: string }
}

/** Signed with a secret of the user's if there is one, else with one that the state folder keeps. */
export function createForward({ url, format, state }: Forward, read: ReadSecret): StandIn {
  const target = toForwardTarget(url, format)
  const to = `All of Twilio's events go to ${url}`
  if (format === 'twilio') {
    const note = `${to}, as Twilio's own requests, signed with the account's token.`
    return { ...NO_STAND_IN, target, note }
  }
  const { secret, place } = readForwardSecret(state, read)
  const note = `${to}, as CloudEvents, signed (Standard Webhooks) with the secret in ${place}.`
  return { ...NO_STAND_IN, target, note, secrets: { [FORWARD_SECRET]: secret } }
}

/** What a developer's app is signed for: `place` says where the secret is. */
export function readForwardSecret(
  state: Forward['state'],
  read: ReadSecret,
): { secret: string; place: string } {
  const own = read(FORWARD_SECRET)
  if (own !== undefined) return { secret: own, place: FORWARD_SECRET }
  const secret = localSecret(state.path, FORWARD_SECRET, makeSigningSecret)
  return { secret, place: join(state.shown, FORWARD_SECRET) }
}
