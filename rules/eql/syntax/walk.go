package syntax

// Walk calls f for x and, as long as f returns true, for the expressions below it, in the order of the source.
func Walk(x Expr, f func(Expr) bool) {
	if x == nil || !f(x) {
		return
	}
	switch x := x.(type) {
	case *Logical:
		for _, k := range x.Xs {
			Walk(k, f)
		}
	case *Not:
		Walk(x.X, f)
	case *Binary:
		Walk(x.X, f)
		Walk(x.Y, f)
	case *Unary:
		Walk(x.X, f)
	case *In:
		Walk(x.X, f)
		for _, k := range x.List {
			Walk(k, f)
		}
	case *Match:
		Walk(x.X, f)
		for _, k := range x.List {
			Walk(k, f)
		}
	case *Call:
		for _, k := range x.Args {
			Walk(k, f)
		}
	}
}

// Terms returns the bracketed subqueries of a query, `until` last; none for an event query.
func Terms(q Query) []*Term {
	switch q := q.(type) {
	case *Sequence:
		ts := append([]*Term(nil), q.Terms...)
		if q.Until != nil {
			ts = append(ts, q.Until)
		}
		return ts
	case *Sample:
		return q.Terms
	}
	return nil
}
