/** Resources and a gateway for the tests: only what a test is about is written there. */
import { compileConfig } from '../../../src/config/compile.ts'
import type { CompiledConfig } from '../../../src/config/compiled.ts'
import { toGatewayAddress } from '../../../src/cli/numbers/gateway-address.ts'
import type { Surroundings } from '../../../src/cli/numbers/precedence.ts'
import type { Resource, ResourceKind } from '../../../src/cli/numbers/resource.ts'

export const ORIGIN = 'https://hooks.example.com'
export const OLD = 'https://old.example.com'
export const ACCOUNT = `AC${'1'.repeat(32)}`

export function toConfig(endpoints: object): CompiledConfig {
  const compiled = compileConfig(
    { publicUrl: ORIGIN, endpoints, targets: {} },
    { readFile: () => '', local: false },
  )
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.error))
  return compiled.value.config
}

export const CONFIG = toConfig({
  voice: { path: '/voice' },
  sms: { path: '/sms' },
  german: { path: '/de/sms' },
  status: { path: '/status' },
  app: { path: '/app/*' },
})

export const GATEWAY = toGatewayAddress(CONFIG, 'test.config.ts')

export function toResource(
  kind: ResourceKind,
  sid: string,
  more: Partial<Resource> = {},
): Resource {
  return {
    kind,
    account: ACCOUNT,
    sid,
    name: sid,
    fields: {},
    lacks: [],
    trunkSid: null,
    voiceApplicationSid: null,
    smsApplicationSid: null,
    serviceSid: null,
    defersToNumbers: false,
    ...more,
  }
}

export function around(...resources: Resource[]): Surroundings {
  return {
    bySid: new Map(resources.map((each) => [each.sid, each])),
    servicesUnread: new Set(),
  }
}
