-- Q5 as director: everything is in scope and clear.
WITH matching AS (
  SELECT c.id, c.name, c.level, c.annual_revenue, c.currency
  FROM public.crm_customer c
  WHERE $1::uuid IS NOT NULL AND c.deleted_at IS NULL AND c.region = '华东' AND c.level = 'a' AND c.name LIKE '%科技%'
)
SELECT json_build_object('customers', json_build_object(
  'totalCount', (SELECT least(count(*), 10000) FROM (SELECT 1 FROM matching LIMIT 10001) q),
  'nodes', (
    SELECT coalesce(json_agg(r), '[]')
    FROM (
      SELECT
        'Customer_' || m.id AS id, m.name, upper(m.level) AS level,
        CASE WHEN m.annual_revenue IS NOT NULL THEN json_build_object(
          'amount', m.annual_revenue::text, 'currency', m.currency
        ) END AS "annualRevenue"
      FROM matching m
      ORDER BY m.annual_revenue DESC NULLS LAST, m.id DESC
      LIMIT 20
    ) r
  )
))
