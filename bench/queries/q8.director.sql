-- Q8 as director: the page after a name and a key.
SELECT json_build_object('customers', json_build_object('nodes', coalesce(json_agg(r), '[]')))
FROM (
  SELECT 'Customer_' || c.id AS id, c.name, c.region, upper(c.level) AS level
  FROM public.crm_customer c
  WHERE $1::uuid IS NOT NULL AND c.deleted_at IS NULL AND (c.name, c.id) > ($2::text, $3::uuid)
  ORDER BY c.name, c.id
  LIMIT 50
) r
