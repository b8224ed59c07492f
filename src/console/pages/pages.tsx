/** The pages and what leads to them. */
import { Hono } from 'hono'
import type { ConsoleHono } from '../api/router.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { accessPages } from './access/access-pages.tsx'
import { configPages } from './config/config-pages.tsx'
import { eventPages } from './event/event.tsx'
import { eventsPages } from './events/events.tsx'
import { showError, showNotFound } from './errors.tsx'
import { showPage } from './show.tsx'

export const pages = new Hono<ConsoleHono>()

pages.onError(showError)

pages.get('/', (c) =>
  showPage(c, { title: 'Overview', section: 'overview' }, <PageHeader title="Overview" />),
)
pages.route('/', eventsPages)
pages.route('/', eventPages)
pages.route('/', configPages)
pages.route('/', accessPages)

// The last: what no page has taken.
pages.all('*', showNotFound)
