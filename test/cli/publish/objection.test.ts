/** What keeps a document from being published, and what `--force` may take upon itself. */
import { describe, expect, it } from 'vitest'
import type { Health } from '../../../src/config/published/health.ts'
import { objectToGateway, objectToSecrets } from '../../../src/cli/publish/objection.ts'
import { createConfig, createTarget } from '../../config/configs.ts'

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
