/**
 * A phone menu with transfer and voicemail: callers choose sales or support and are connected. When
 * nobody answers, they leave a message; the recording goes to a service of yours when it is ready.
 *
 *   /voice ── 1 or 2 ──▶ <Dial> ──▶ /voice/dialled ── answered: hang up
 *      ▲ └─── else ──┐                  └─ busy, no answer ──▶ <Record> ──▶ /voice/recorded: goodbye
 *      └─────────────┘                                            └──▶ /voice/recording: its status
 */
import { defineConfig, file } from '../../src/config/index.ts'

export default defineConfig({
  // publicUrl: 'https://hooks.example.com', // when you deploy

  endpoints: {
    // The menu sends its digit here again.
    menu: {
      path: '/voice',
      reply: [
        { when: { Digits: '1' }, twiml: file('replies/sales.xml') },
        { when: { Digits: '2' }, twiml: file('replies/support.xml') },
        { when: { Digits: { $exists: true } }, twiml: file('replies/no-choice.xml') },
        { twiml: file('replies/menu.xml') },
      ],
    },
    // What <Dial> calls when it is over, however it went.
    dialled: {
      path: '/voice/dialled',
      kind: 'voice.dial.action',
      reply: [
        {
          when: { DialCallStatus: ['completed', 'answered'] },
          twiml: '<Response><Hangup/></Response>',
        },
        { twiml: file('replies/voicemail.xml') },
      ],
    },
    // What <Record> calls when the caller presses # or has said nothing for a while.
    recorded: {
      path: '/voice/recorded',
      kind: 'voice.record.action',
      reply: { twiml: file('replies/goodbye.xml') },
    },
    // The file is ready; also when the caller has just hung up.
    recording: { path: '/voice/recording', kind: 'voice.recording.status' },
    status: { path: '/voice/status', kind: 'voice.call.status' },
  },

  targets: {
    voicemail: {
      url: process.env['VOICEMAIL_URL'] ?? 'https://app.example.com/hooks/voicemail',
      events: ['voice.recording.status'],
      where: { 'data.recordingStatus': 'completed' },
      secret: 'VOICEMAIL_SECRET',
    },
  },
})
