/** The pages and what leads to them. */
import { Hono } from 'hono'
import type { ConsoleHono } from '../api/router.ts'
import { accessPages } from './access/access-pages.tsx'
import { configPages } from './config/config-pages.tsx'
import { deadPages } from './dead/dead.tsx'
import { eventPages } from './event/event.tsx'
import { eventsPages } from './events/events.tsx'
import { showError, showNotFound } from './errors.tsx'
import { overviewPages } from './overview/overview-pages.tsx'
import { targetPages } from './targets/target-pages.tsx'

export const pages = new Hono<ConsoleHono>()

pages.onError(showError)

pages.route('/', overviewPages)
pages.route('/', eventsPages)
pages.route('/', eventPages)
pages.route('/', deadPages)
pages.route('/', targetPages)
pages.route('/', configPages)
pages.route('/', accessPages)

// The last: what no page has taken.
pages.all('*', showNotFound)
