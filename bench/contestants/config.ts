/** The config that the gateway is measured with: one endpoint, whose reply quotes the message. */
import type { CompiledConfig } from '../../src/config/compiled.ts'

export const CONFIG: CompiledConfig = {
  publicUrl: 'https://hooks.example.com',
  lookupBudgetMs: 50,
  endpoints: [
    {
      name: 'sms',
      path: '/sms',
      kind: null,
      deadlineMs: null,
      replies: [
        {
          type: 'twiml',
          twiml: '<Response><Message>Thanks for: {{Body}}</Message></Response>',
          when: null,
        },
      ],
    },
  ],
  targets: [],
}
