/** What is only warned about. */
import { describe, expect, it } from 'vitest'
import { toWarnings } from '../../../src/cli/publish/check-deployed.ts'
import { createConfig, createTarget } from '../../config/configs.ts'

const crm = createConfig({ targets: [createTarget()] })

describe('toWarnings', () => {
  it('has nothing to say about what changes little', () => {
    expect(toWarnings(crm, { ...crm, lookupBudgetMs: 1 }, ['CRM_SECRET'])).toEqual([])
    expect(toWarnings(crm, null, ['CRM_SECRET'])).toEqual([])
  })

  it.each([
    ['another publicUrl', { ...crm, publicUrl: 'https://other.example.com' }, crm, ['CRM_SECRET']],
    ['a target that goes', createConfig(), crm, []],
    ['a secret that was missing before', crm, crm, []],
    ['secrets that cannot be listed', crm, crm, undefined],
  ])('warns of %s', (_, config, before, secrets) => {
    expect(toWarnings(config, before, secrets)).toHaveLength(1)
  })
})
