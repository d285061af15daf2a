import { defineConfig } from 'prisma/config';

// Only `prisma generate` reads this. Migrations go through tools/migrate.ts, which needs no downloaded engine.
export default defineConfig({
  schema: 'prisma/schema',
  migrations: { path: 'prisma/migrations' },
});
