package compare

import "math"

// Base is the contestant over which the workloads are compared: the same code,
// compiled by the same compiler, with nothing that could stop it.
const Base = "wazero, reused"

// Slowdown is the geometric mean of a contestant's times over those of Base,
// over all workloads; 0 if one is missing.
func Slowdown(r *Results, name string) float64 {
	sum, n := 0.0, 0.0
	for _, work := range r.Compute.Works {
		s, ok := r.Compute.Sample[work][name]
		base := r.Compute.Sample[work][Base]
		if !ok || base.P50 == 0 {
			return 0
		}
		sum += math.Log(float64(s.P50) / float64(base.P50))
		n++
	}
	if n == 0 {
		return 0
	}
	return math.Exp(sum / n)
}
