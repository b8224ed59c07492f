/**
 * Delivery receipts into a warehouse: of each message you send, what became of it in the end. A campaign
 * gives thousands of statuses in minutes, and a warehouse that is loaded at night is away for hours: so
 * only final statuses go there, at its pace, and they wait for it for two weeks.
 *
 * Set the URL of the endpoint as StatusCallback of the messaging service, or of each message.
 */
import { defineConfig } from '../../src/config/index.ts'

export default defineConfig({
  // publicUrl: 'https://hooks.example.com', // when you deploy

  endpoints: {
    receipts: { path: '/receipts', kind: 'messaging.status' },
  },

  targets: {
    warehouse: {
      url: process.env['WAREHOUSE_URL'] ?? 'https://warehouse.example.com/ingest/receipts',
      events: ['messaging.status'],
      // `queued`, `sending` and `sent` come before. WhatsApp and RCS also say `read`.
      where: { 'data.messageStatus': ['delivered', 'undelivered', 'failed', 'read'] },
      secret: 'WAREHOUSE_SECRET',
      timeout: '30s',
      retry: ['2s', '30s', '5m', '1h', '6h', '1d', '2d', '4d', '7d'],
      rate: { limit: 100, per: '1s' },
      concurrency: 20,
    },
  },
})
