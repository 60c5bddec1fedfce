import sys, numpy as np
from tests.judgement.world import *
from fleet.telemetry.judgement import past as P, cusum
np.set_printoptions(precision=3, suppress=True, linewidth=180)
orig=P.measured_eta
def spy(s,v,shifts):
    if len(s)>=72:
        z=s/np.sqrt(v)
        print("steps",len(s),"sd z",np.nanstd(z,axis=(0,1)))
        for size in (1,6,24):
            b=z[-(len(z)//size)*size:].reshape(-1,size,*z.shape[1:]).sum(1)/np.sqrt(size)
            print(size,"var across",b.var(axis=1,ddof=1).mean(0))
        for i,sh in ((0,.25),(2,1.0)):
            each=(sh*s-sh*sh/2)/v
            for size in (1,6,24):
                print(sh,size,cusum._root(each.astype(float),size)[:8])
    return orig(s,v,shifts)
P.measured_eta=spy
from fleet.telemetry.judgement.watch import Setting, Watch
world={w.name:w for w in WORLDS}[sys.argv[1]]
D=150
sim=Simulation(world,D,3)
w=Watch(Setting(columns(), reference_counts(), [{} for _ in range(D)], np.full(D,-1),1.0,0.0))
for rows in sim.hours(168): w.step(rows,np.ones(D,bool))
