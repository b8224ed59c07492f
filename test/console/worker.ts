/** The console as the tests run it: the consumer's part is in the same Worker, so that all of it is real. */
import consumer from '../../src/consumer/index.ts'
import console from '../../src/console/index.ts'

export { Lane } from '../../src/consumer/lane.ts'
export { Operations } from '../../src/consumer/operations.ts'

export default { fetch: console.fetch, queue: consumer.queue }
