-- Q2 as director: every row, nothing masked.
SELECT json_build_object('customers', json_build_object('nodes', coalesce(json_agg(r), '[]')))
FROM (
  SELECT
    'Customer_' || c.id AS id, c.name, c.region, upper(c.level) AS level, upper(c.status) AS status,
    c.phone, c.email, c.created_at AS "createdAt",
    (
      SELECT json_build_object('nodes', coalesce(json_agg(r), '[]'))
      FROM (
        SELECT 'Contact_' || p.id AS id, p.name, p.title, p.mobile, p.email
        FROM crm_contact p
        WHERE p.customer_id = c.id AND p.deleted_at IS NULL
        ORDER BY p.created_at DESC, p.id DESC
        LIMIT 3
      ) r
    ) AS contacts,
    (
      SELECT json_build_object('nodes', coalesce(json_agg(r), '[]'))
      FROM (
        SELECT
          'Opportunity_' || o.id AS id, o.name, upper(o.stage) AS stage,
          CASE WHEN o.amount IS NOT NULL
            THEN json_build_object('amount', o.amount::text, 'currency', o.currency)
          END AS amount,
          o.probability, o.expected_close_on AS "expectedCloseOn",
          (
            SELECT json_build_object('nodes', coalesce(json_agg(r), '[]'))
            FROM (
              SELECT 'Contract_' || t.id AS id, t.number, upper(t.state) AS state, t.signed_on AS "signedOn"
              FROM crm_contract t
              WHERE t.opportunity_id = o.id AND t.deleted_at IS NULL
              ORDER BY t.created_at DESC, t.id DESC
              LIMIT 5
            ) r
          ) AS contracts
        FROM crm_opportunity o
        WHERE o.customer_id = c.id AND o.deleted_at IS NULL
        ORDER BY o.created_at DESC, o.id DESC
        LIMIT 2
      ) r
    ) AS opportunities
  FROM crm_customer c
  WHERE c.deleted_at IS NULL
  ORDER BY c.created_at DESC, c.id DESC
  LIMIT 50
) r
