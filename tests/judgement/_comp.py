import sys, numpy as np
from tests.judgement.world import *
from fleet.telemetry.judgement.watch import Setting, Watch
np.set_printoptions(precision=4, suppress=True, linewidth=180)
world={w.name:w for w in WORLDS}[sys.argv[1]]
D=150
sim=Simulation(world,D,3)
w=Watch(Setting(columns(), reference_counts(), [{} for _ in range(D)], np.full(D,-1),1.0,0.0))
for rows in sim.hours(172): w.step(rows,np.ones(D,bool))
f=w._live._fitted
p=f.filter.parts
print("noise",p.noise.mean(0)); print("offset",p.offset); print("load",p.loading); print("season",p.season); print("wander",p.wander); print("rho",p.rho)
print("eta",f.cusums.eta.min(1)); print("h",f.cusums.threshold)
print("cover b", f.filter.cover[0,0].mean(0))
print("----")
