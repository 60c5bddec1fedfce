"""Classical models, of EdgeFleet's own: trees and forests, distances to centres."""
