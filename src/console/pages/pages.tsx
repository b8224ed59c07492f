/** The pages and what leads to them. */
import { Hono } from 'hono'
import type { ConsoleHono } from '../api/router.ts'
import { Layout } from './layout.tsx'

export const pages = new Hono<ConsoleHono>()

pages.get('/', (c) => c.html(<Layout title="Overview">…</Layout>))
