/**
 * One webhook, several services: the CRM gets messages and calls as signed events, a channel of the
 * team reads what people write, and another one of the operators hears when something is wrong. Each is
 * tried and retried on its own: a CRM that is down for a day delays nobody else.
 */
import { defineConfig } from '../../src/config/index.ts'

export default defineConfig({
  // publicUrl: 'https://hooks.example.com', // when you deploy

  endpoints: {
    sms: {
      path: '/sms',
      reply: { twiml: '<Response><Message>Thanks, we come back to you.</Message></Response>' },
    },
    status: { path: '/status' },
    // Twilio Console: Monitor, Errors, webhook. Twilio tells here what went wrong on its side.
    debugger: { path: '/debugger', kind: 'debugger' },
  },

  targets: {
    crm: {
      url: process.env['CRM_URL'] ?? 'https://crm.example.com/hooks/twilio',
      events: ['messaging.*', 'voice.call.status'],
      secret: 'CRM_SIGNING_SECRET',
      rate: { limit: 50, per: '1s' },
    },
    team: {
      urlSecret: 'SLACK_TEAM_URL',
      format: 'slack',
      events: ['messaging.inbound*'],
      // Nobody reads a reply that comes a day late.
      retry: ['10s', '1m', '10m', '1h'],
      rate: { limit: 1, per: '1s' },
    },
    ops: {
      urlSecret: 'SLACK_OPS_URL',
      format: 'slack',
      events: ['switchboard.*', 'debugger', 'usage.trigger'],
      rate: { limit: 1, per: '1s' },
    },
  },
})
