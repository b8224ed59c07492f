/** What keeps a document from being published, and what `--force` may take upon itself. */
import { describe, expect, it } from 'vitest'
import type { Health } from '../../../src/cli/publish/health.ts'
import {
  findMissingSecrets,
  objectToGateway,
  objectToSecrets,
} from '../../../src/cli/publish/objection.ts'
import { createConfig, createTarget } from './configs.ts'

const gateway = (format: number): Health => ({
  kind: 'gateway',
  format,
  version: 'v1',
  problems: [],
})

describe('objectToGateway', () => {
  const object = (health: Health | null, format: number) => {
    const { code, canForce, next } = objectToGateway(health, format) ?? {}
    return code === undefined ? null : [code, canForce, next === 'switchboard deploy']
  }

  it.each([1, 2, 7])('has nothing against a gateway of the same format %i', (format) => {
    expect(object(gateway(format), format)).toBeNull()
  })

  it('refuses a document that an older gateway cannot read, and names the way out', () => {
    expect(object(gateway(1), 2)).toEqual(['gateway_older', false, true])
  })

  it('refuses a document that a newer gateway does not read any more', () => {
    expect(object(gateway(3), 2)).toEqual(['gateway_newer', false, false])
  })

  it.each([
    ['gateway_unknown', null],
    ['gateway_unreachable', { kind: 'unreachable', reason: 'ECONNREFUSED' }],
    ['gateway_foreign', { kind: 'foreign', status: 404 }],
  ] as const)('%s: only with --force', (code, health) => {
    expect(object(health, 1)).toEqual([code, true, false])
  })
})

const none = createConfig()
const crm = createConfig({ targets: [createTarget({ bearer: 'CRM_TOKEN' })] })
const twilio = createConfig({ targets: [createTarget({ secrets: [], format: 'twilio' })] })

describe('findMissingSecrets', () => {
  it('tells what would start to fail from what fails already', () => {
    const missing = (live: typeof crm | null, ...present: string[]) =>
      findMissingSecrets(crm, live, present)
    expect(missing(none, 'CRM_SECRET', 'CRM_TOKEN', 'OTHER')).toEqual({ fresh: [], old: [] })
    expect(missing(none, 'CRM_SECRET')).toEqual({ fresh: ['CRM_TOKEN'], old: [] })
    expect(missing(null)).toEqual({ fresh: ['CRM_SECRET', 'CRM_TOKEN'], old: [] })
    expect(missing(crm, 'CRM_TOKEN')).toEqual({ fresh: [], old: ['CRM_SECRET'] })
  })

  it('knows what the redaction and the format twilio need', () => {
    const redacting = createConfig({ redact: ['Body'] })
    expect(findMissingSecrets(redacting, none, []).fresh).toEqual(['REDACT_KEY'])
    expect(findMissingSecrets(twilio, none, []).fresh).toEqual(['TWILIO_AUTH_TOKENS'])
  })
})

describe('objectToSecrets', () => {
  it('refuses without --force what would start to fail', () => {
    const objection = objectToSecrets(crm, none, ['CRM_SECRET'])
    expect(objection).toMatchObject({ code: 'secrets_missing', canForce: true })
    expect(objectToSecrets(crm, crm, ['CRM_SECRET'])).toBeNull()
  })

  it('wants a consumer, even for a config that needs no secret', () => {
    expect(objectToSecrets(none, null, null)).toMatchObject({ code: 'not_deployed' })
    expect(objectToSecrets(none, null, [])).toBeNull()
  })
})
