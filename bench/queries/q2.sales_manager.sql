-- Q2 as sales_manager: own rows and the team's; contact details clear on their own customers, money everywhere.
SELECT json_build_object('customers', json_build_object('nodes', coalesce(json_agg(r), '[]')))
FROM (
  SELECT
    'Customer_' || c.id AS id, c.name, c.region, upper(c.level) AS level, upper(c.status) AS status,
    CASE
      WHEN c.owner_id = $1 THEN c.phone
      WHEN starts_with(c.phone, '+86') AND length(c.phone) >= 11
        THEN substr(c.phone, 4, 3) || '****' || right(c.phone, 4)
      WHEN NOT starts_with(c.phone, '+86') AND length(c.phone) >= 8
        THEN left(c.phone, 3) || '****' || right(c.phone, 4)
      WHEN c.phone IS NOT NULL THEN '****'
    END AS phone,
    CASE
      WHEN c.owner_id = $1 THEN c.email
      WHEN position('@' IN c.email) > 1 THEN left(c.email, 1) || '***' || substr(c.email, position('@' IN c.email))
      WHEN c.email IS NOT NULL THEN '***'
    END AS email,
    c.created_at AS "createdAt",
    (
      SELECT json_build_object('nodes', coalesce(json_agg(r), '[]'))
      FROM (
        SELECT
          'Contact_' || p.id AS id, p.name, p.title,
          CASE
            WHEN c.owner_id = $1 THEN p.mobile
            WHEN starts_with(p.mobile, '+86') AND length(p.mobile) >= 11
              THEN substr(p.mobile, 4, 3) || '****' || right(p.mobile, 4)
            WHEN NOT starts_with(p.mobile, '+86') AND length(p.mobile) >= 8
              THEN left(p.mobile, 3) || '****' || right(p.mobile, 4)
            WHEN p.mobile IS NOT NULL THEN '****'
          END AS mobile,
          CASE
            WHEN c.owner_id = $1 THEN p.email
            WHEN position('@' IN p.email) > 1
              THEN left(p.email, 1) || '***' || substr(p.email, position('@' IN p.email))
            WHEN p.email IS NOT NULL THEN '***'
          END AS email
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
              FROM crm_contract t JOIN crm_customer tc ON tc.id = t.customer_id
              WHERE t.opportunity_id = o.id AND t.deleted_at IS NULL
                AND (
                  tc.owner_id = $1
                  OR t.owner_id = $1
                  OR tc.team_id = ANY ($2)
                  OR t.team_id = ANY ($2)
                )
              ORDER BY t.created_at DESC, t.id DESC
              LIMIT 5
            ) r
          ) AS contracts
        FROM crm_opportunity o
        WHERE o.customer_id = c.id AND o.deleted_at IS NULL
          AND (
            c.owner_id = $1
            OR o.owner_id = $1
            OR c.team_id = ANY ($2)
            OR o.team_id = ANY ($2)
          )
        ORDER BY o.created_at DESC, o.id DESC
        LIMIT 2
      ) r
    ) AS opportunities
  FROM crm_customer c
  WHERE c.deleted_at IS NULL
    AND (
      c.owner_id = $1
      OR c.team_id = ANY ($2)
    )
  ORDER BY c.created_at DESC, c.id DESC
  LIMIT 50
) r
