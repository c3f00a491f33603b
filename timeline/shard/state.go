package shard

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"hunt/evtx"
	"hunt/limit"
	"hunt/timeline/ecs"
	"hunt/timeline/evidence"
	"hunt/timeline/evidence/acquisition"
	"hunt/timeline/ledger"
	"hunt/timeline/spill"
)

// state is what a shard knows apart from histories, keys and chunks.
type state struct {
	col     *evidence.Collection
	files   []*ledger.File
	ledger  *ledger.Ledger
	dropped ledger.Copies
	limits  []limit.Bite // bounds that applied while the evidence was found and read
}

// code describes the encoding. When reading, classes are taken from schema; files keep their numbers in the shard.
func (s *state) code(c *spill.Coder, schema *ecs.Schema) {
	spill.Number(c, &s.col.Ignored)
	said, listed := s.acquisitions(), len(s.col.Acquisitions)
	spill.List(c, &said, codeAcquisition)
	spill.Number(c, &listed)
	s.col.Acquisitions = said[:min(max(listed, 0), len(said))]
	spill.List(c, &s.files, func(c *spill.Coder, f *ledger.File) { codeFile(c, f, said) })
	s.codeStocks(c)
	if c.Reading() {
		for _, f := range s.files {
			s.col.Files = append(s.col.Files, f.File)
		}
	}
	l := s.ledger
	spill.Values(c, &l.Files, codeStats)
	spill.List(c, &l.Facts, func(c *spill.Coder, f *ledger.ClassCount) { codeFacts(c, f, schema) })
	spill.Values(c, &l.Days, codeDay)
	spill.Values(c, &l.Spans, codeSpan)
	spill.Values(c, &l.Damage, codeDamage)
	votes := slices.SortedFunc(maps.Keys(l.SIDs), func(a, b ledger.SIDVote) int {
		return cmp.Or(cmp.Compare(a.Computer, b.Computer), cmp.Compare(a.File, b.File), cmp.Compare(a.SID, b.SID))
	})
	spill.Values(c, &votes, func(c *spill.Coder, v *ledger.SIDVote) {
		c.Text(&v.Computer)
		spill.Number(c, &v.File)
		c.Text(&v.SID)
		n := l.SIDs[*v]
		spill.Number(c, &n)
		if c.Reading() {
			l.SIDs[*v] = n
		}
	})
	for _, counts := range []*[]int{&s.dropped.Live, &s.dropped.Kept, &s.dropped.Carved, &s.dropped.Days} {
		spill.Values(c, counts, spill.Number[int])
	}
	spill.Values(c, &s.limits, spill.Bite)
}

// codeStocks codes what carved records borrow.
func (s *state) codeStocks(c *spill.Coder) {
	var stocks []*evtx.Stock
	number := map[*evtx.Stock]int{nil: -1} // while a shard is read, files have none yet
	for _, f := range s.files {
		if _, known := number[f.Stock]; !known {
			number[f.Stock] = len(stocks)
			stocks = append(stocks, f.Stock)
		}
	}
	spill.List(c, &stocks, func(c *spill.Coder, stock *evtx.Stock) {
		var lent []string
		if !c.Reading() {
			lent = stock.Definitions()
		}
		spill.Values(c, &lent, func(c *spill.Coder, s *string) { c.Text(s) })
		if c.Reading() && stock.Add(lent) != nil {
			c.Fail()
		}
	})
	for _, f := range s.files {
		i := number[f.Stock]
		if spill.Number(c, &i); c.Reading() && i >= 0 && i < len(stocks) {
			f.Stock = stocks[i]
		}
	}
}

// acquisitions are what collectors' records say, then what only the list of inputs says.
func (s *state) acquisitions() []*acquisition.Facts {
	said := slices.Clone(s.col.Acquisitions)
	for _, f := range s.col.Files {
		if f.Acquisition != nil && !slices.Contains(said, f.Acquisition) {
			said = append(said, f.Acquisition)
		}
	}
	return said
}

func codeAcquisition(c *spill.Coder, a *acquisition.Facts) {
	for _, p := range []*string{&a.Place, &a.Tool, &a.Version, &a.Host, &a.FQDN, &a.OS, &a.Operator, &a.Client, &a.Flow,
		&a.Command, &a.Root} {
		c.Text(p)
	}
	codeClock(c, &a.At)
	c.Flag(&a.Elsewhere)
	spill.Number(c, &a.Listed)
	spill.Number(c, &a.Errors)
	spill.Values(c, &a.Records, func(c *spill.Coder, s *string) { c.Text(s) })
}

// codeFacts codes the counts of a class. When reading, the class is taken from schema.
func codeFacts(c *spill.Coder, f *ledger.ClassCount, schema *ecs.Schema) {
	k := ledger.EventKind{}
	if !c.Reading() {
		k = ledger.KindOf(f.Class)
	}
	c.Text(&k.Channel)
	c.Text(&k.Provider)
	spill.Number(c, &k.EventID)
	if c.Reading() {
		f.Class = schema.Class(k.Channel, k.Provider, k.EventID)
	}
	c.Text(&f.Computer)
	spill.Number(c, &f.File)
	spill.Number(c, &f.Count)
	spill.Number(c, &f.Shown)
	c.Time(&f.First)
	c.Time(&f.Last)
}

func codeDay(c *spill.Coder, d *ledger.DayCounts) {
	spill.Number(c, &d.Fact)
	spill.Number(c, &d.Day)
	spill.Number(c, &d.Hours)
	spill.Number(c, &d.Count)
}

// codeClock codes a time from a collector's record.
func codeClock(c *spill.Coder, t *time.Time) {
	b, _ := t.MarshalBinary() // these are in UTC
	text := string(b)
	c.Text(&text)
	if c.Reading() && t.UnmarshalBinary([]byte(text)) != nil {
		c.Fail()
	}
}

func codeFile(c *spill.Coder, f *ledger.File, all []*acquisition.Facts) {
	if c.Reading() {
		f.File = &evidence.File{}
	}
	e := f.File
	c.Text(&e.Path)
	c.Text(&e.Place)
	c.Int(&f.Size)
	sum := string(f.SHA256[:])
	c.Text(&sum)
	copy(f.SHA256[:], sum)
	c.Flag(&f.Hashed)
	c.Flag(&f.Headed)
	h := &f.Header
	for _, p := range []*uint64{&h.FirstChunk, &h.LastChunk, &h.NextRecordID} {
		c.Uint(p)
	}
	spill.Number(c, &h.Major)
	spill.Number(c, &h.Minor)
	spill.Number(c, &h.Chunks)
	spill.Number(c, &h.Flags)
	spill.Number(c, &h.CRC)
	c.Text((*string)(&f.Status))
	c.Text(&f.Detail)
	c.Flag(&e.Container)
	c.Text(&e.Source)
	c.Text(&e.Collected)
	i := slices.Index(all, e.Acquisition)
	spill.Number(c, &i)
	if c.Reading() && i >= 0 && i < len(all) {
		e.Acquisition = all[i]
	}
	spill.Values(c, &f.Damage, codeDamage)
	c.Text(&e.Input)
	codeKind(c, &e.Role)
	if c.Reading() {
		e.Size, e.Status, e.Detail = f.Size, f.Status, f.Detail
	}
}

func codeKind(c *spill.Coder, r *evidence.Role) {
	c.Text(&r.Shadow)
	c.Text(&r.Drive)
	for _, p := range []*bool{&r.Previous, &r.Archived, &r.Live} {
		c.Flag(p)
	}
}

func codeStats(c *spill.Coder, s *ledger.FileStats) {
	for _, p := range []*int{&s.Read, &s.Filtered, &s.Damaged, &s.Carved, &s.Carve.Full, &s.Carve.Borrowed,
		&s.Carve.Partial,
		&s.Carve.Lost, &s.Carve.Duplicate, &s.HeaderTime, &s.NoTime, &s.NoUTC, &s.Continued, &s.Chunks} {
		spill.Number(c, p)
	}
	c.Time(&s.First)
	c.Time(&s.Last)
	for _, p := range []*uint64{&s.FirstID, &s.LastID, &s.LastHeaderID} {
		c.Uint(p)
	}
}

func codeSpan(c *spill.Coder, s *ledger.Chunk) {
	c.Ref(&s.Ref)
	c.Text(&s.Computer)
	c.Text(&s.Channel)
	c.Uint(&s.MinID)
	c.Uint(&s.MaxID)
	for _, p := range []*evtx.Filetime{&s.First, &s.Last, &s.From, &s.To, &s.Head, &s.Tail} {
		c.Time(p)
	}
	x := *s.Oddities()
	odd := len(x.Holes)+len(x.Steps)+len(x.Jumps) > 0
	if c.Flag(&odd); odd {
		spill.Values(c, &x.Holes, ledger.CodeHole)
		spill.Values(c, &x.Steps, ledger.CodeStep)
		spill.Values(c, &x.Jumps, ledger.CodeStep)
	}
	spill.Number(c, &s.N)
	c.Flag(&s.Native)
	for _, d := range []*ledger.Disorder{&x.Back, &x.Apart} {
		spill.Number(c, &d.N)
		c.Time(&d.Most)
	}
	if c.Reading() && (odd || x.Back.N+x.Apart.N > 0) {
		*s.Strange() = x
	}
}

func codeDamage(c *spill.Coder, d *evtx.Damage) {
	c.Ref(&d.Ref)
	spill.Number(c, &d.Kind)
	c.Int(&d.Size)
	c.Text(&d.Detail)
}
