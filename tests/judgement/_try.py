import sys, time, numpy as np
from tests.judgement.world import *
from fleet.telemetry.judgement.watch import Setting, Watch
def run(world, devices, hours, harms=(), seed=1, labels=None, updated=None):
    sim=Simulation(world, devices, seed, harms)
    labels = labels or [{} for _ in range(devices)]
    up = np.full(devices,-1) if updated is None else updated
    w=Watch(Setting(columns(), reference_counts(), labels, up, 1.0, 0.0))
    ts=tj=0
    present=np.ones(devices,bool)
    t0=time.time()
    for rows in sim.hours(hours):
        t1=time.time(); ts+=t1-t0
        w.step(rows,present)
        t0=time.time(); tj+=t0-t1
    return w, ts, tj
if __name__=="__main__":
    name=sys.argv[1]; D=int(sys.argv[2]); H=int(sys.argv[3])
    world={w.name:w for w in WORLDS}[name]
    n=D
    hs=[]; groups={}
    spec=[("shift",.3),("shift",.5),("shift",1.0),("dead",0),("mode",3.5),("class",.13),("confidence",.05)]
    k=int(sys.argv[4]) if len(sys.argv)>4 else 0
    start=400
    tot=D+k*len(spec)
    for i,(kind,size) in enumerate(spec):
        ids=tuple(range(D+i*k, D+(i+1)*k))
        if k: hs.append(Harm(ids,kind,size,start,i)); groups[(kind,size)]=ids
    w,ts,tj=run(world,tot,H,tuple(hs))
    al=w.found.alarms
    bad={a.device for a in al if a.device<D}
    print(name,"sim",round(ts,1),"judge",round(tj,1),"healthy alarmed",len(bad),"of",D)
    for a in al:
        if a.device<D: print("   ",a)
    for key,ids in groups.items():
        d=[min([a.opened-start+1 for a in al if a.device==i and a.opened>=start] or [9999]) for i in ids]
        print(key,"median",np.median(d),"p90",np.percentile(d,90))
    print([ (f.level,f.cause,f.opened,f.closed) for f in w.found.incidents if f.level!="device"][:10])
