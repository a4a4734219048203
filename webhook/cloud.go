package webhook

import (
	"fmt"
	"slices"
	"strings"
)

// Cloud is one of Microsoft's clouds. A Workflow lives in the cloud of its tenant.
type Cloud string

// Microsoft's clouds. The default is CloudPublic.
const (
	CloudPublic  Cloud = "public"
	CloudGCC     Cloud = "gcc"
	CloudGCCHigh Cloud = "gcc-high"
	CloudDoD     Cloud = "dod"
	CloudChina   Cloud = "china"
)

// allClouds is in the order in which a host is looked up.
var allClouds = []Cloud{CloudPublic, CloudGCC, CloudGCCHigh, CloudDoD, CloudChina}

// cloudHosts holds what the host of a Workflows URL ends in, by cloud. Logic Apps of all three US
// Government clouds share one name. GCC stands between the public cloud and those.
var cloudHosts = map[Cloud][]string{
	CloudPublic:  {".logic.azure.com", ".environment.api.powerplatform.com"},
	CloudGCC:     {".logic.azure.com", ".logic.azure.us", ".environment.api.gov.powerplatform.microsoft.us"},
	CloudGCCHigh: {".logic.azure.us", ".environment.api.high.powerplatform.microsoft.us"},
	CloudDoD:     {".logic.azure.us", ".environment.api.appsplatform.us"},
	CloudChina:   {".logic.azure.cn", ".environment.api.powerplatform.partner.microsoftonline.cn"},
}

// WithCloud accepts the Workflows of these clouds instead of the public one. A program with
// customers in several clouds names them all. The hosts come from Microsoft's own libraries and
// were not tried against a national tenant.
func WithCloud(clouds ...Cloud) Option {
	return func(c *config, checks *checks) {
		for _, cloud := range clouds {
			if cloudHosts[cloud] == nil {
				checks.add("Cloud", fmt.Sprintf("%q is not one of Microsoft's; allow other hosts with WithAllowedHosts", string(cloud)))
			}
		}
		if len(clouds) == 0 {
			checks.add("Cloud", "must name at least one cloud")
		}
		c.clouds = clouds
	}
}

// workflowsHosts returns the patterns of all Workflows hosts of the clouds.
func workflowsHosts(clouds []Cloud) []string {
	var patterns []string
	for _, cloud := range clouds {
		for _, pattern := range cloudHosts[cloud] {
			if !slices.Contains(patterns, pattern) {
				patterns = append(patterns, pattern)
			}
		}
	}
	return patterns
}

// isWorkflowsHost reports whether Microsoft serves Workflows under this host, in any cloud.
func isWorkflowsHost(host string) bool {
	_, found := cloudOf(host)
	return found
}

// cloudOf returns the first cloud that serves Workflows under this host.
func cloudOf(host string) (Cloud, bool) {
	for _, cloud := range allClouds {
		if matches(host, cloudHosts[cloud]) {
			return cloud, true
		}
	}
	return "", false
}

// matches reports whether host is one of the patterns, or below one that starts with a dot.
func matches(host string, patterns []string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool {
		return host == p || strings.HasPrefix(p, ".") && strings.HasSuffix(host, p)
	})
}
