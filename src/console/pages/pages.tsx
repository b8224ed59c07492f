/** The pages and what leads to them. */
import { Hono } from 'hono'
import type { ConsoleHono } from '../api/router.ts'
import { PageHeader } from '../ui/page-header.tsx'
import { showPage } from './show.tsx'

export const pages = new Hono<ConsoleHono>()

pages.get('/', (c) =>
  showPage(c, { title: 'Overview', section: 'overview' }, <PageHeader title="Overview" />),
)
