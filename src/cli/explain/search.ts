/**
 * Finds the known mistakes that explain a signature: each alone, then likely ones together. Nothing is
 * accepted because of it; what it finds only explains a refusal.
 *
 * A match is no guess: nobody finds a text with the right HMAC by chance. Which mistakes led there is
 * one, where two ways lead to the same text; the likelier way is tried first.
 */
import type { NamedKey } from '../../twilio/keyring.ts'
import * as address from './changes/address.ts'
import * as bodyKind from './changes/body-kind.ts'
import type { Change, Changes } from './changes/change.ts'
import { toConfigured } from './changes/configured.ts'
import * as oneValue from './changes/one-value.ts'
import * as parameters from './changes/parameters.ts'
import * as path from './changes/path.ts'
import * as queryOrder from './changes/query-order.ts'
import * as query from './changes/query.ts'
import * as values from './changes/values.ts'
import type { Evidence } from './evidence.ts'
import type { Signed } from './signed.ts'
import type { Match, Trial } from './trial.ts'

export interface Found extends Match {
  /** In the order in which they were undone. Empty: only the key is another one. */
  changes: readonly Change[]
  signed: Signed
}

/** Before the query: few guesses each, and often several at once (a proxy changes host and scheme). */
const ADDRESS = [address.toHosts, address.toSchemes, path.toSlashes, path.toPaths, address.toPorts]

/** Few guesses each, so that they are tried together with the others. */
const NARROW: readonly Changes[] = [
  ...ADDRESS,
  values.toWithoutLineEnd,
  bodyKind.toUnsignedBodies,
  bodyKind.toSignedBodies,
  query.toBodyHashes,
  values.toTrimmedTexts,
  query.toFewerQueryParams,
  query.toQueryEncodings,
  queryOrder.toSortedQueries,
  path.toShorterPaths,
  path.toIndexFiles,
  path.toPathEncodings,
  values.toRewrittenValues,
  parameters.toWithoutMerged,
  parameters.toEmptyGroups,
  parameters.toLists,
  parameters.toWithoutEmpty,
  bodyKind.toMovedParams,
  bodyKind.toQueryTwice,
]

/** Hundreds of guesses each. */
const BROAD: readonly Changes[] = [
  oneValue.toTrimmedValues,
  oneValue.toOneRewritten,
  parameters.toOneFewer,
  parameters.toOneEmpty,
  query.toQueryPairs,
  queryOrder.toPermutedQueries,
]

export interface Keys {
  /** Of the account that the request names. */
  own: readonly NamedKey[]
  /** Every other one that is at hand. */
  others: readonly NamedKey[]
}

/** A single mistake may have met any spelling of the URL; several only the two usual ones. */
const ALL_FORMS = 16
const USUAL_FORMS = 2

export function searchMistakes(
  base: Signed,
  evidence: Evidence,
  keys: Keys,
  trial: Trial,
): Found | null {
  const all = [...keys.own, ...keys.others]
  const likely = keys.own.length > 0 ? keys.own : all
  return (
    firstMatch([[]], base, trial, all, ALL_FORMS) ??
    firstMatch(toAlone(base, evidence), base, trial, all, ALL_FORMS) ??
    firstMatch(toTogether(base, evidence), base, trial, likely, USUAL_FORMS)
  )
}

function firstMatch(
  guesses: Iterable<readonly Change[]>,
  base: Signed,
  trial: Trial,
  keys: readonly NamedKey[],
  maxForms: number,
): Found | null {
  for (const changes of guesses) {
    const signed = changes.at(-1)?.signed ?? base
    const match = trial.find(signed, keys, maxForms)
    if (match) return { ...match, changes, signed }
    if (trial.isExhausted) return null
  }
  return null
}

function* toAlone(base: Signed, evidence: Evidence): Generator<readonly Change[]> {
  if (evidence.configured) yield* toConfigured(base, evidence.configured)
  yield* eachOf(base, evidence, [...NARROW, ...BROAD], [])
}

/** Two at once; then what a proxy does (host, scheme) with anything else. */
function* toTogether(base: Signed, evidence: Evidence): Generator<readonly Change[]> {
  const configured = evidence.configured ? [...toConfigured(base, evidence.configured)] : []
  for (const changes of configured) yield* eachMore(changes, evidence, [...NARROW, ...BROAD])
  for (const first of eachOf(base, evidence, ADDRESS, [])) {
    yield* eachMore(first, evidence, NARROW)
  }
  const proxied = [address.toHosts, address.toSchemes]
  for (const host of eachOf(base, evidence, [address.toHosts], [])) {
    for (const both of eachMore(host, evidence, proxied)) yield* eachMore(both, evidence, NARROW)
  }
  for (const first of eachOf(base, evidence, NARROW.slice(ADDRESS.length), [])) {
    yield* eachMore(first, evidence, NARROW)
  }
  for (const first of eachOf(base, evidence, [address.toSchemes, address.toHosts], [])) {
    yield* eachMore(first, evidence, BROAD)
  }
}

function* eachMore(
  before: readonly Change[],
  evidence: Evidence,
  kinds: readonly Changes[],
): Generator<readonly Change[]> {
  const last = before.at(-1)
  if (!last) return
  // One mistake is made once; twice the same is mostly the first undone.
  for (const changes of eachOf(last.signed, evidence, kinds, before)) {
    const code = changes.at(-1)?.code
    if (!before.some((each) => each.code === code)) yield changes
  }
}

function* eachOf(
  signed: Signed,
  evidence: Evidence,
  kinds: readonly Changes[],
  before: readonly Change[],
): Generator<readonly Change[]> {
  for (const toChanges of kinds) {
    for (const change of toChanges(signed, evidence)) yield [...before, change]
  }
}
