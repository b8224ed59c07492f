/**
 * Why a document should not be published. Pure.
 *
 * A document of another format than the gateway's is no help to anybody: running Workers refuse it and
 * keep what they have, new ones fall back to the config of the last deploy. So no `--force` publishes
 * it. What is only not known, `--force` takes upon itself.
 */
import type { CompiledConfig } from '../../config/compiled.ts'
import type { Health } from '../../config/published/health.ts'
import { findMissingSecrets } from '../../config/secret-names.ts'

export interface Objection {
  code:
    | 'gateway_older'
    | 'gateway_newer'
    | 'gateway_unreachable'
    | 'gateway_foreign'
    | 'gateway_unknown'
    | 'secrets_missing'
    | 'not_deployed'
  message: string
  next: string
  canForce: boolean
}

const DEPLOY = 'switchboard deploy'

/** `health`: null, nobody knows where the gateway is. `format`: of the document. */
export function objectToGateway(health: Health | null, format: number): Objection | null {
  if (health?.kind === 'gateway') return objectToFormat(health.format, format)
  const why = 'whether the deployed gateway can read this document is not known'
  if (health === null) {
    return {
      code: 'gateway_unknown',
      message: `The config has no publicUrl, so ${why}.`,
      next: 'Pass --via with the URL of the gateway; or --force to publish all the same.',
      canForce: true,
    }
  }
  const next = 'Check the URL, or pass --via with another one; or --force to publish all the same.'
  return health.kind === 'foreign'
    ? {
        code: 'gateway_foreign',
        message: `No gateway answers there (status ${health.status}), so ${why}.`,
        next,
        canForce: true,
      }
    : {
        code: 'gateway_unreachable',
        message: `The gateway cannot be reached (${health.reason}), so ${why}.`,
        next,
        canForce: true,
      }
}

function objectToFormat(theirs: number, ours: number): Objection | null {
  if (theirs === ours) return null
  const what = `The deployed gateway reads format ${theirs}, and this document has format ${ours}`
  return theirs < ours
    ? {
        code: 'gateway_older',
        message: `${what}: the gateway is older than this command.`,
        next: DEPLOY,
        canForce: false,
      }
    : {
        code: 'gateway_newer',
        message: `${what}: the gateway is newer than this command.`,
        next: 'Update this folder to the version that was deployed (git pull, npm ci), then try again.',
        canForce: false,
      }
}

/** `present`: null, the consumer is not deployed at all. */
export function objectToSecrets(
  config: CompiledConfig,
  live: CompiledConfig | null,
  present: readonly string[] | null,
): Objection | null {
  if (present === null) {
    const message = 'The consumer is not deployed: nothing would be delivered.'
    return { code: 'not_deployed', message, next: DEPLOY, canForce: true }
  }
  const { fresh } = findMissingSecrets(config, live, present)
  const [first] = fresh
  if (first === undefined) return null
  return {
    code: 'secrets_missing',
    message: `The deployed consumer has no secret ${fresh.join(', ')}: what needs it would wait, and die in the end.`,
    next: `npx wrangler secret put ${first} -c wrangler.consumer.toml; or pass --force to publish all the same.`,
    canForce: true,
  }
}
