package sequence

// pipeline applies head and tail, one after the other, to results in their order.
type pipeline struct {
	pipes  []Pipe
	counts []int64   // head: results let through
	kept   [][]Match // tail: the last results, at most n
}

func newPipeline(pipes []Pipe) pipeline {
	return pipeline{pipes: pipes, counts: make([]int64, len(pipes)), kept: make([][]Match, len(pipes))}
}

func (l *pipeline) push(m Match, emit func(Match)) { l.from(0, m, emit) }

func (l *pipeline) from(i int, m Match, emit func(Match)) {
	for ; i < len(l.pipes); i++ {
		p := l.pipes[i]
		if p.Tail {
			if p.N == 0 {
				return
			}
			if int64(len(l.kept[i])) == p.N {
				l.kept[i] = l.kept[i][1:]
			}
			l.kept[i] = append(l.kept[i], m)
			return
		}
		if l.counts[i] == p.N {
			return
		}
		l.counts[i]++
	}
	emit(m)
}

func (l *pipeline) close(emit func(Match)) {
	for i := range l.pipes {
		for _, m := range l.kept[i] {
			l.from(i+1, m, emit)
		}
		l.kept[i] = nil
	}
}
