// Sphinx leaves numbers out of a query. On these pages an HTTP status is a word: 409, 501.
if (typeof Search !== "undefined") {
  const parseQuery = Search._parseQuery;
  Search._parseQuery = (query) => {
    const parsed = parseQuery(query);
    const [, searchTerms, , highlightTerms] = parsed;
    for (const term of query.trim().split(/\s+/)) {
      if (/^\d{3}$/.test(term)) {
        searchTerms.add(term);
        highlightTerms.add(term);
      }
    }
    return parsed;
  };
}
