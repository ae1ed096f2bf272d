package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

var (
	bounds  = []float64{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5}
	methods = []string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
	escape  = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`)
)

// metrics counts requests and their times, and writes them down as Prometheus reads them.
type metrics struct {
	mutex    sync.Mutex
	requests map[string]int
	buckets  []int
	seconds  float64
}

func newMetrics() *metrics {
	return &metrics{requests: map[string]int{}, buckets: make([]int, len(bounds)+1)}
}

func (m *metrics) count(method string, status int, took time.Duration) {
	if !slices.Contains(methods, method) {
		method = "other" // a method that anybody may invent is no label
	}
	bucket, _ := slices.BinarySearch(bounds, took.Seconds())
	m.mutex.Lock()
	defer m.mutex.Unlock()
	m.requests[fmt.Sprintf(`method="%s",status="%d"`, method, status)]++
	m.buckets[bucket]++
	m.seconds += took.Seconds()
}

func (m *metrics) text(version string) string {
	m.mutex.Lock()
	defer m.mutex.Unlock()
	var out strings.Builder
	fmt.Fprintf(&out, "# TYPE app_info gauge\napp_info{version=\"%s\"} 1\n", escape.Replace(version))
	out.WriteString("# TYPE app_requests counter\n")
	labels := make([]string, 0, len(m.requests))
	for label := range m.requests {
		labels = append(labels, label)
	}
	slices.Sort(labels)
	for _, label := range labels {
		fmt.Fprintf(&out, "app_requests_total{%s} %d\n", label, m.requests[label])
	}
	out.WriteString("# TYPE app_request_seconds histogram\n")
	total := 0
	for index, number := range m.buckets {
		total += number
		bound := "+Inf"
		if index < len(bounds) {
			bound = strconv.FormatFloat(bounds[index], 'g', -1, 64)
		}
		fmt.Fprintf(&out, "app_request_seconds_bucket{le=\"%s\"} %d\n", bound, total)
	}
	fmt.Fprintf(&out, "app_request_seconds_sum %.6f\napp_request_seconds_count %d\n", m.seconds, total)
	return out.String()
}
