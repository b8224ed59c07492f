/** What a contestant finds in its environment. */
export interface BenchEnv {
  TWILIO_AUTH_TOKENS: string
  /** workerd's own stubs; absent where only the contestant's own work is measured. */
  KV?: KVNamespace
  EVENTS?: Queue
}
