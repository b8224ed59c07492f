/** Compiled configs for tests: what is not named is as small as it can be. */
import type { CompiledConfig, CompiledEndpoint, CompiledTarget } from '../../src/config/compiled.ts'
import { toDocument, toVersion, type ConfigDocument } from '../../src/config/document.ts'

export function createConfig(parts: Partial<CompiledConfig> = {}): CompiledConfig {
  return { publicUrl: null, lookupBudgetMs: 50, endpoints: [], targets: [], ...parts }
}

export function createEndpoint(parts: Partial<CompiledEndpoint> = {}): CompiledEndpoint {
  return { name: 'sms', path: '/sms', kind: null, deadlineMs: null, replies: [], ...parts }
}

export function createTarget(parts: Partial<CompiledTarget> = {}): CompiledTarget {
  return {
    name: 'crm',
    url: 'https://crm.example.com/hooks',
    events: ['*'],
    where: null,
    secrets: ['CRM_SECRET'],
    format: 'cloudevents',
    timeoutMs: 10_000,
    retryMs: [5_000],
    rate: null,
    headers: {},
    bearer: null,
    ...parts,
  }
}

/** A document that differs from others by its budget. */
export function createDocument(lookupBudgetMs: number): ConfigDocument {
  const config = createConfig({ lookupBudgetMs })
  return toDocument(config, toVersion(config))
}
