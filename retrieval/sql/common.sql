-- Postings of common terms, for the members of the pool only.
SELECT wanted.place, array_agg((posting.grain_number << 30) | (posting.tf::bigint << 15) | posting.size)
FROM unnest(%s::bigint[]) WITH ORDINALITY AS wanted (term, place)
JOIN grains_posting AS posting
  ON posting.namespace_id = %s AND posting.term = wanted.term AND posting.grain_number = ANY(%s)
GROUP BY wanted.place
