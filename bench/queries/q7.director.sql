-- Q7 as director: everything is in scope and clear.
SELECT json_build_object('opportunityAggregate', json_build_object('groups', coalesce(json_agg(json_build_object(
  'key', json_build_object('stage', upper(g.stage), 'createdAt', g.month),
  'count', g.n,
  'amount', json_build_object('sum', g.total::text, 'currency', g.currency)
)), '[]')))
FROM (
  SELECT
    o.stage, date_trunc('month', o.created_at AT TIME ZONE 'Asia/Shanghai')::date AS month,
    count(*) AS n,
    CASE WHEN count(DISTINCT o.currency) FILTER (WHERE o.amount IS NOT NULL) <= 1 THEN sum(o.amount) END AS total,
    CASE WHEN count(DISTINCT o.currency) FILTER (WHERE o.amount IS NOT NULL) <= 1
      THEN min(o.currency) FILTER (WHERE o.amount IS NOT NULL) END AS currency
  FROM public.crm_opportunity o
  WHERE $1::uuid IS NOT NULL AND o.deleted_at IS NULL
  GROUP BY o.stage, month
  ORDER BY o.stage, month
  LIMIT 500
) g
