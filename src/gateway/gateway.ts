/**
 * The way of a webhook through the gateway: route → read → verify here, then `admit.ts`.
 *
 * Promises: nothing but the config's own refresh touches the network before the signature is known to
 * be good, and whoever cannot sign learns nothing but 403.
 */
import type { KindTest } from '../config/problems-only.ts'
import type { PreparedEndpoints } from '../config/routes.ts'
import type { ConfigSource } from '../config/source.ts'
import { toFault } from '../log.ts'
import { err, type Result } from '../result.ts'
import type { KeyRing } from '../twilio/keyring.ts'
import { admit, type AdmitDeps } from './admit.ts'
import { HEALTH_PATH, TEST_ROUTE } from './health.ts'
import { readIntake } from './intake.ts'
import { createLine, noteRefusal } from './log.ts'
import { toRefusalResponse, type Refusal } from './refusal.ts'
import { toReplyResponse, type Reply } from './response.ts'
import { splitUrl } from './request-url.ts'
import { verifyUpgrade, verifyWebhook } from './verify.ts'
import { endStep, type Visit, type WaitUntil } from './visit.ts'

export interface GatewayConfig {
  /** Origin that Twilio calls; null: the request's own. */
  publicUrl: string | null
  lookupBudgetMs: number
  endpoints: PreparedEndpoints
  /** By kind of event: the ledger hears of it only when something does not go well. */
  recordsProblemsOnly: KindTest
}

export interface GatewayDeps extends AdmitDeps {
  config: ConfigSource<GatewayConfig>
  /** Empty when the secret is missing or wrong: everything is refused. */
  ring: KeyRing
}

/** Answers one request; never rejects. */
export type Gateway = (request: Request, waitUntil: WaitUntil) => Promise<Response>

export function createGateway(deps: GatewayDeps): Gateway {
  const { now, log } = deps

  return async function answer(request, waitUntil) {
    const line = createLine(request.method)
    const startedAt = now()
    const visit = { request, waitUntil, startedAt, stepAt: startedAt, line }
    const outcome = await receive(deps, visit).catch((error: unknown) => {
      log({ event: 'gateway.defect', ...toFault(error) })
      return err<Refusal>({ reason: 'defect' })
    })
    if (!outcome.ok) noteRefusal(line, outcome.error)
    const response = outcome.ok ? toReplyResponse(outcome.value) : toRefusalResponse(outcome.error)
    line.status = response.status
    line.ms.total = visit.stepAt - startedAt
    log(line)
    return response
  }
}

async function receive(deps: GatewayDeps, visit: Visit): Promise<Result<Reply, Refusal>> {
  const { now, ring } = deps
  const { request, line } = visit
  const { path, query, pathAndQuery } = splitUrl(request.url)
  const current = deps.config.current(visit.waitUntil)
  const loaded = current instanceof Promise ? await current : current
  if (current instanceof Promise) endStep(visit, 'config', now)
  if (!loaded) return err({ reason: 'no_config' })
  const { publicUrl, lookupBudgetMs, endpoints, recordsProblemsOnly } = loaded.prepared
  const url = publicUrl === null ? request.url : publicUrl + pathAndQuery
  if (isHandshake(request)) return refuseUpgrade(url, ring, visit)
  const route = path === HEALTH_PATH ? TEST_ROUTE : endpoints.find(path)
  if (!route) return err({ reason: 'unknown_path' })
  line.endpoint = route.endpoint.name
  const intake = await readIntake(request, query)
  endStep(visit, 'read', now)
  if (!intake.ok) return intake
  const verified = verifyWebhook(url, intake.value, request.headers, ring)
  if (!verified.ok) return verified
  const settings = { lookupBudgetMs, recordsProblemsOnly }
  return admit({ ...verified.value, ...settings, route, intake: intake.value }, deps, visit)
}

/** A handshake is a GET; its header is a token of HTTP in any letter case (RFC 9110, section 7.8). */
function isHandshake({ method, headers }: Request): boolean {
  return method === 'GET' && headers.get('upgrade')?.toLowerCase() === 'websocket'
}

/** Told only to whoever can sign: a forger gets 403 as everywhere. */
function refuseUpgrade(
  url: string,
  ring: KeyRing,
  { request, line }: Visit,
): Result<Reply, Refusal> {
  const verified = verifyUpgrade(url, request.headers, ring)
  if (!verified.ok) return verified
  line.keyName = verified.value.name
  line.account = verified.value.account
  return err({ reason: 'websocket' })
}
