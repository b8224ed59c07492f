/** Which secrets a config needs, and what is missing of them. */
import { describe, expect, it } from 'vitest'
import { findMissingSecrets } from '../../src/config/secret-names.ts'
import { createConfig, createTarget } from './configs.ts'

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
